"""What the `afloc` command does, one module per subcommand."""
