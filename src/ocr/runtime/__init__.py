"""The machine that a process runs on: cores, threads, memory allocator, timing of stages."""
