"""One turn: understand -> route -> retrieve -> compose -> verify -> card."""
