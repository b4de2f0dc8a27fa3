// Runs benchmark programs in a Linux guest, one for each line that the host writes to the console.
//
//   host                      guest
//                             bench-ready
//   run NAME ARGUMENTS...     bench-output TEXT            each line that NAME printed if it failed
//                             bench-done NAME status=N ns=N user_ns=N sys_ns=N checksum=HEX
//   off                       (ends, and init switches the machine off)
//
// NAME is a file beside this program. status is that of a shell: 128 + N for signal N. The checksum is
// "-" where the last line of output is none. Times are nanoseconds of CLOCK_MONOTONIC around fork
// and wait, and of wait4. A line that is neither gets `bench-error TEXT`.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { kArguments = 16, kLine = 4096, kOutput = 64 * 1024 };

static char folder[kLine];
static char output[kOutput];

// Bytes go over the console as they are, without an echo.
static void make_raw(void) {
  struct termios modes;
  if (tcgetattr(STDIN_FILENO, &modes) != 0) return;  // a pipe: it is
  cfmakeraw(&modes);
  tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long ns_of(struct timeval t) { return t.tv_sec * 1000000000LL + t.tv_usec * 1000LL; }

// The last kOutput bytes that come from `file`; returns how many.
static size_t read_output(int file) {
  size_t used = 0;
  for (;;) {
    if (used == kOutput - 1) memmove(output, output + kOutput / 2, used -= kOutput / 2);
    const ssize_t bytes = read(file, output + used, kOutput - 1 - used);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) break;
    used += (size_t)bytes;
  }
  output[used] = 0;
  return used;
}

// The HEX of a last line "checksum HEX", or "-". Ends the output there.
static const char* take_checksum(size_t used) {
  if (used > 0 && output[used - 1] == '\n') output[--used] = 0;
  char* line = strrchr(output, '\n');
  line = line == NULL ? output : line + 1;
  if (strncmp(line, "checksum ", 9) != 0 || line[9 + strspn(line + 9, "0123456789abcdef")] != 0 || line[9] == 0) return "-";
  return line + 9;
}

static void run(char** arguments) {
  char path[2 * kLine];
  int ends[2];
  snprintf(path, sizeof path, "%s/%s", folder, arguments[0]);
  if (strchr(arguments[0], '/') != NULL || access(path, X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0) {
    printf("bench-error no program %s\n", arguments[0]);
    return;
  }
  struct rusage usage = {0};
  int status = 0;
  const long long start = now_ns();
  const pid_t child = fork();
  if (child == 0) {
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execv(path, arguments);
    _exit(127);
  }
  close(ends[1]);
  const size_t used = read_output(ends[0]);
  close(ends[0]);
  while (child > 0 && wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {}
  const long long end = now_ns();
  status = child < 0 ? 126 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  const char* checksum = take_checksum(used);
  if (status != 0 || *checksum == '-')
    for (char* line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n")) printf("bench-output %s\n", line);
  printf("bench-done %s status=%d ns=%lld user_ns=%lld sys_ns=%lld checksum=%s\n", arguments[0], status, end - start,
         ns_of(usage.ru_utime), ns_of(usage.ru_stime), status == 0 ? checksum : "-");
}

int main(void) {
  static char line[kLine];
  const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
  if (length <= 0) return 125;
  folder[length] = 0;
  *strrchr(folder, '/') = 0;
  make_raw();
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  printf("bench-ready\n");
  while (fgets(line, sizeof line, stdin) != NULL) {
    char* arguments[kArguments + 1] = {NULL};
    int count = 0;
    for (char* word = strtok(line, " \r\n"); word != NULL && count < kArguments; word = strtok(NULL, " \r\n")) arguments[count++] = word;
    if (count == 0) continue;
    if (strcmp(arguments[0], "off") == 0) return 0;
    if (strcmp(arguments[0], "run") == 0 && count > 1) run(arguments + 1);
    else printf("bench-error not understood: %s\n", arguments[0]);
  }
  return 0;
}
