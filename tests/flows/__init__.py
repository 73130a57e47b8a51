"""Flows, with a Prefect server that the tests of this folder share and that ends with them."""
