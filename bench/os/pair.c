// Benchmark: another benchmark in several processes at once, to see what more harts bring.
//
//   pair [PERCENT [PROCESSES [NAME]]]     100 2 crunch; NAME is looked for beside this program
//
// The work is the same in each process, so PROCESSES processors need as long as one for one.
#include "bench/lib/os.h"

_Noreturn void bench_fail(const char* what) {
  fprintf(stderr, "wrong: %s\n", what);
  exit(1);
}

enum { kMostProcesses = 64 };

int main(int argc, char** argv) {
  char* percent = argc > 1 ? argv[1] : "100";
  const int processes = argc > 2 ? atoi(argv[2]) : 2;
  char* name = argc > 3 ? argv[3] : "crunch";
  if (argc > 4 || processes < 1 || processes > kMostProcesses || strchr(name, '/') != NULL) {
    fprintf(stderr, "usage: %s [PERCENT [PROCESSES (1 to %d) [NAME]]]\n", argv[0], kMostProcesses);
    return 125;
  }
  char self[4096], path[8192];
  const long length = bench_must(readlink("/proc/self/exe", self, sizeof self - 1), "readlink");
  self[length] = 0;
  *strrchr(self, '/') = 0;
  snprintf(path, sizeof path, "%s/%s", self, name);

  FILE* outputs[kMostProcesses];
  pid_t children[kMostProcesses];
  for (int i = 0; i < processes; ++i) {
    int ends[2];
    bench_must(pipe2(ends, O_CLOEXEC), "pipe");
    children[i] = (pid_t)bench_must(fork(), "fork");
    if (children[i] == 0) {
      bench_must(dup2(ends[1], STDOUT_FILENO), "dup2");
      execl(path, name, percent, (char*)NULL);
      perror(path);
      _exit(127);
    }
    bench_must(close(ends[1]), "close");
    outputs[i] = fdopen(ends[0], "r");
  }
  char first[128] = "", line[128];
  for (int i = 0; i < processes; ++i) {
    if (fgets(line, sizeof line, outputs[i]) == NULL || strncmp(line, "checksum ", 9) != 0) bench_fail("a process printed no checksum");
    if (bench_wait(children[i]) != 0) bench_fail("a process failed");
    if (i == 0) strcpy(first, line);
    if (strcmp(first, line) != 0) bench_fail("checksums differ");
  }
  fputs(first, stdout);
  return 0;
}
