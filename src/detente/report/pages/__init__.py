"""The pages of a report site and what lies beside them."""
