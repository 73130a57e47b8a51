"""What a refresh does: plan, fetch, load, build, check, publish."""
