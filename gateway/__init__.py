"""Bytes in, bytes out: SMTP, LMTP, IMAP and MIME. Knows no tickets and no money."""
