"""The application: what agents see. No logic that the command line would need too."""
