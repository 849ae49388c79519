"""Bytes into letters: what a mail says, before anybody asks whether it is true. `parsing` is the door; nothing here touches the world."""
