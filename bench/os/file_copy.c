// Benchmark: files in memory (tmpfs): written, copied in pieces of 16 KiB, read again, renamed, listed, removed.
#include <dirent.h>

#include "bench/lib/os.h"

enum { kFiles = 48, kFileBytes = 160 * 1024, kPiece = 16 * 1024, kRounds = 60 };

static uint8_t piece[kPiece];

static int open_file(const char* name, int flags) { return (int)bench_must(open(name, flags, 0600), name); }

static void write_all(int file, size_t bytes) { bench_must(write(file, piece, bytes) == (ssize_t)bytes ? 0 : -1, "write"); }

static void make_file(const char* name, uint64_t* random, size_t bytes) {
  const int file = open_file(name, O_CREAT | O_EXCL | O_WRONLY);
  for (size_t done = 0; done < bytes; done += kPiece) {
    for (size_t i = 0; i < kPiece; i += 64) piece[i] = (uint8_t)bench_random(random);
    write_all(file, bytes - done < kPiece ? bytes - done : kPiece);
  }
  bench_must(close(file), "close");
}

static void copy_file(const char* from, const char* to) {
  const int in = open_file(from, O_RDONLY), out = open_file(to, O_CREAT | O_EXCL | O_WRONLY);
  for (long bytes; (bytes = bench_must(read(in, piece, kPiece), "read")) > 0;) write_all(out, (size_t)bytes);
  bench_must(close(in), "close");
  bench_must(close(out), "close");
}

static uint64_t sum_of_file(const char* name) {
  uint64_t sum = 0;
  const int file = open_file(name, O_RDONLY);
  for (long bytes; (bytes = bench_must(read(file, piece, kPiece), "read")) > 0;)
    for (long i = 0; i < bytes; i += 64) sum = bench_mix(sum, piece[i]);
  bench_must(close(file), "close");
  return sum;
}

static unsigned count_files(void) {
  unsigned count = 0;
  DIR* folder = opendir(".");
  if (folder == NULL) bench_must(-1, "opendir");
  for (const struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    struct stat about;
    bench_must(stat(entry->d_name, &about), "stat");
    count += S_ISREG(about.st_mode);
  }
  closedir(folder);
  return count;
}

uint64_t bench_run(unsigned percent) {
  char folder[] = "/dev/shm/rvx-bench-XXXXXX", elsewhere[] = "/tmp/rvx-bench-XXXXXX";
  const char* made = mkdtemp(folder);
  if (made == NULL) made = mkdtemp(elsewhere);
  if (made == NULL) bench_must(-1, "mkdtemp");
  bench_must(chdir(made), "chdir");
  uint64_t random = 61, sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    char first[32], second[32], third[32];
    for (int i = 0; i < kFiles; ++i) {
      snprintf(first, sizeof first, "first-%d", i);
      snprintf(second, sizeof second, "second-%d", i);
      snprintf(third, sizeof third, "third-%d", i);
      make_file(first, &random, kFileBytes - (size_t)i * 1000);
      copy_file(first, second);
      bench_must(rename(second, third), "rename");
      sum = bench_mix(sum, sum_of_file(third));
      bench_must(unlink(first), "unlink");
    }
    sum = bench_mix(sum, count_files());
    for (int i = 0; i < kFiles; ++i) {
      snprintf(third, sizeof third, "third-%d", i);
      bench_must(unlink(third), "unlink");
    }
  }
  bench_must(chdir("/"), "chdir");
  bench_must(rmdir(made), "rmdir");
  return sum;
}
