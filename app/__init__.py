"""The desktop application; all Qt lives here."""
