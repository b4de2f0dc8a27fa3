// Files of the disk hold what was written there; many readers can wait at the same time; others work meanwhile.
#include "kernel/user/test.hpp"
#include "kernel/user/threads.hpp"

static volatile uint64_t failures;

// The image's files hold doublewords: number of the file << 32 | offset.
static bool is_right(const uint64_t* words, uint64_t file, uint64_t offset, uint64_t size) {
  for (uint64_t i = 0; i < size / 8; ++i)
    if (words[i] != (file << 32 | (offset + 8 * i))) return false;
  return true;
}

int main(int, char**) {
  static uint64_t buffer[20000 / 8];
  CHECK(open("no such file") == kFailed);
  const char* const names[] = {"a", "b", "c", "d"};
  const uint64_t sizes[] = {512, 4096, 100'000, 1'000'000};
  for (unsigned file = 0; file < 3; ++file) {
    const int descriptor = open(names[file]);
    CHECK(descriptor >= 0);
    uint64_t offset = 0;
    for (;;) {
      const int64_t size = read(descriptor, buffer, 10'000);
      CHECK(size >= 0);
      if (size == 0) break;
      CHECK(is_right(buffer, file, offset, static_cast<uint64_t>(size)));
      offset += static_cast<uint64_t>(size);
    }
    CHECK(offset == sizes[file]);
    CHECK(seek(descriptor, 8) == 0);
    CHECK(read(descriptor, buffer, 16) == 16 && buffer[0] == (static_cast<uint64_t>(file) << 32 | 8));
    CHECK(seek(descriptor, sizes[file] + 1) == kFailed);
    close(descriptor);
  }

  // More readers than the device has room for requests.
  Thread readers[30];
  for (unsigned i = 0; i < 30; ++i) {
    readers[i] = start_thread([i] {
      const int descriptor = open("d");
      uint64_t words[64];
      if (descriptor >= 0) {
        for (uint64_t round = 0; round < 5; ++round) {
          const uint64_t offset = (i * 7 + round * 13) * 4096 % 900'000 / 512 * 512 + 8;
          if (seek(descriptor, offset) || read(descriptor, words, sizeof words) != sizeof words || !is_right(words, 3, offset, sizeof words))
            failures = failures + 1;
        }
        close(descriptor);
      } else {
        failures = failures + 1;
      }
    });
    CHECK(readers[i]);
  }
  for (Thread& reader : readers) reader.join();
  CHECK(failures == 0);

  // Reads that are started and asked for later: each ends once, with its own data; the disk has room for some only.
  static uint64_t sectors[8][kSectorSize / 8];
  const int file = open("d");
  CHECK(read_later(file, 1'000'000, sectors[0], 0) == kFailed);
  CHECK(read_end(0) == kFailed);
  for (uint64_t i = 0; i < 8; ++i) CHECK(read_later(file, i * 7 * kSectorSize, sectors[i], i) == 0);
  uint64_t ended = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const int64_t number = read_end(1'000'000'000);
    CHECK(number >= 0 && number < 8 && !(ended >> number & 1));
    ended |= 1u << number;
    CHECK(is_right(sectors[number], 3, static_cast<uint64_t>(number) * 7 * kSectorSize, kSectorSize));
  }
  const uint64_t begin = clock();
  CHECK(read_end(3'000'000) == kFailed);
  CHECK(clock() - begin >= 3'000'000);
  // A process that ends has reads under way; others get their room again.
  for (unsigned round = 0; round < 5; ++round) {
    const int64_t child = fork();
    if (child == 0) {
      for (uint64_t i = 0; i < 8; ++i) read_later(file, i * kSectorSize, sectors[i], i);
      exit(0);
    }
    CHECK(wait(child) == 0);
  }
  uint64_t begun = 0;
  while (begun < 8)
    if (read_later(file, 0, sectors[0], 0) == 0) ++begun;
    else sleep(1'000'000);
  for (unsigned i = 0; i < 8; ++i) CHECK(read_end(1'000'000'000) == 0);
  return passed("disk");
}
