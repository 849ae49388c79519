"""What is done by the clock, across the packages: the server with its jobs, and the director's daily digest."""
