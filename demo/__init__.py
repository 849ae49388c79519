"""`deskpost demo`: a throw-away studio lives through a month, with the real server and real mail on this machine."""
