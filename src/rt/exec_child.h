#pragma once
// The first program of a child process: `junctor exec-child`, which sets what posix_spawn cannot,
// and then becomes the server.
//
// It dies with the process that started it, works in the given folder, confinement and limits, and
// has the descriptor limit that the gateway itself was started with. It takes the words of
// rt/child_launch.h, and is no command for people: --help does not name it. A test program that
// starts children answers to it as well (tests/child_main.cc), since a child starts as the program
// that runs.
//
// Source:  prctl(2) (PR_SET_PDEATHSIG), setrlimit(2), setpriority(2), execvp(3).
// Errors:  a sentence on stderr and exit status kExitCannotStart.
// Threads: exec_child_if_asked() from main, first of all.

namespace junctor::rt {

// Returns only when the command line is another one.
void exec_child_if_asked(int argc, const char* const* argv);

}  // namespace junctor::rt
