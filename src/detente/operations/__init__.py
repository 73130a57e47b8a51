"""What keeps a study running: doctor, status, notices, unattended runs, logs."""
