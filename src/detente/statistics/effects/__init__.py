"""What follows events: event studies, local projections, placebo tests."""
