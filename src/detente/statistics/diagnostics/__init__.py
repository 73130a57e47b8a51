"""What a series can support: stationarity, autocorrelation, regimes."""
