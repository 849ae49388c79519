"""Letters that nobody wrote: what reading one must hold to, whatever its bytes, and a fuzzer that looks for one that does not."""
