"""Whether the past acts of one state help to predict those of the other."""
