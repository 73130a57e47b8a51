"""Hand-kept records: their files, the reference tables behind them and the scales."""
