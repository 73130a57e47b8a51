"""What a report says, before anybody decides how it looks: frozen values and pure rules."""
