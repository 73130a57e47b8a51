"""From content to HTML and PDF."""
