"""What every other package may use: errors, time, progress, threads, files of the package."""
