// What descriptors name: the console, the ends of pipes, files on the disk.
#include "kernel/file.hpp"

#include "kernel/console.hpp"
#include "kernel/virtio_block.hpp"
#include "kernel/wait.hpp"

namespace {

constexpr uint64_t kPipeSize = kPage;

struct Pipe {
  uint64_t buffer;  // physical page; 0: the slot is free
  uint64_t read, written;  // bytes since it was made
  bool has_reader, has_writer;
};

// The disk starts with a table: this header, then entries, in its first 2048 bytes.
struct TableEntry {
  char name[48];
  uint64_t first_sector, size;
};
struct Table {
  char magic[8];  // "RVXFILES"
  uint64_t count;
  TableEntry entries[31];
};
constexpr uint64_t kTableSize = 2048;
static_assert(sizeof(Table) <= kTableSize);

}  // namespace

enum class FileKind : uint8_t { kFree, kConsole, kPipeReader, kPipeWriter, kDisk };

struct File {
  FileKind kind;
  unsigned users;
  Pipe* pipe;
  uint64_t first_sector, size, offset;
};

namespace {

File files[256];
Pipe pipes[64];

File* new_file(FileKind kind) {
  for (File& file : files) {
    if (file.kind != FileKind::kFree) continue;
    file = File{kind, 1, nullptr, 0, 0, 0};
    return &file;
  }
  return nullptr;
}

uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

int64_t read_pipe(Pipe& pipe, uint64_t to, uint64_t size) {
  while (pipe.read == pipe.written) {
    if (!pipe.has_writer) return 0;
    if (current()->process->is_ending) return kFailed;
    wait_for(channel_of(&pipe.read));
  }
  const uint64_t count = smaller(size, pipe.written - pipe.read);
  for (uint64_t done = 0; done < count;) {
    const uint64_t at = (pipe.read + done) % kPipeSize, part = smaller(count - done, kPipeSize - at);
    if (!current()->process->space.write(to + done, at_physical<uint8_t>(pipe.buffer) + at, part)) return kFailed;
    done += part;
  }
  pipe.read += count;
  wake(channel_of(&pipe.written));
  return static_cast<int64_t>(count);
}

int64_t write_pipe(Pipe& pipe, uint64_t from, uint64_t size) {
  for (uint64_t done = 0; done < size;) {
    if (!pipe.has_reader || current()->process->is_ending) return kFailed;
    const uint64_t room = kPipeSize - (pipe.written - pipe.read);
    if (!room) {
      wait_for(channel_of(&pipe.written));
      continue;
    }
    const uint64_t at = pipe.written % kPipeSize, part = smaller(smaller(size - done, room), kPipeSize - at);
    if (!current()->process->space.read(from + done, at_physical<uint8_t>(pipe.buffer) + at, part)) return kFailed;
    done += part;
    pipe.written += part;
    wake(channel_of(&pipe.read));
  }
  return static_cast<int64_t>(size);
}

// Every reader has a page of its own for the device to write to, so that many can wait at the same time.
int64_t read_disk(File& file, uint64_t to, uint64_t size) {
  const uint64_t page = allocate_pages();
  if (!page) return kFailed;
  uint64_t done = 0;
  size = smaller(size, file.size - file.offset);
  while (done < size) {
    const uint64_t at = file.offset, skip = at % kSector;
    const uint64_t part = smaller(size - done, kPage - skip);
    const uint64_t sectors = (skip + part + kSector - 1) / kSector;
    if (!read_sectors(file.first_sector + at / kSector, page, sectors * kSector)) break;
    if (!current()->process->space.write(to + done, at_physical<uint8_t>(page) + skip, part)) break;
    done += part;
    file.offset = at + part;
  }
  free_pages(page);
  return done == size ? static_cast<int64_t>(done) : kFailed;
}

int64_t write_console(uint64_t from, uint64_t size) {
  char text[256];
  for (uint64_t done = 0; done < size;) {
    const uint64_t part = smaller(size - done, sizeof text);
    if (!current()->process->space.read(from + done, text, part)) return kFailed;
    console_write(text, part);
    done += part;
  }
  return static_cast<int64_t>(size);
}

}  // namespace

File* console_file() { return new_file(FileKind::kConsole); }

File* share_file(File* file) {
  if (file) ++file->users;
  return file;
}

void close_file(File* file) {
  if (!file || --file->users) return;
  if (Pipe* pipe = file->pipe) {
    (file->kind == FileKind::kPipeReader ? pipe->has_reader : pipe->has_writer) = false;
    wake(channel_of(&pipe->read));
    wake(channel_of(&pipe->written));
    if (!pipe->has_reader && !pipe->has_writer) {
      free_pages(pipe->buffer);
      pipe->buffer = 0;
    }
  }
  file->kind = FileKind::kFree;
}

bool create_pipe(File*& reader, File*& writer) {
  Pipe* pipe = pipes;
  while (pipe < pipes + 64 && pipe->buffer) ++pipe;
  if (pipe == pipes + 64) return false;
  reader = new_file(FileKind::kPipeReader);
  writer = new_file(FileKind::kPipeWriter);
  const uint64_t buffer = reader && writer ? allocate_pages() : 0;
  if (!buffer) {
    close_file(reader);
    close_file(writer);
    return false;
  }
  *pipe = Pipe{buffer, 0, 0, true, true};
  reader->pipe = writer->pipe = pipe;
  return true;
}

File* open_file(const char* name) {
  const uint64_t page = allocate_pages();
  if (!page) return nullptr;
  const auto* table = at_physical<const Table>(page);
  File* file = nullptr;
  if (read_sectors(0, page, kTableSize) && !memcmp(table->magic, "RVXFILES", 8)) {
    for (uint64_t i = 0; i < table->count && i < 31; ++i) {
      const TableEntry& entry = table->entries[i];
      if (!equal(entry.name, name)) continue;
      file = new_file(FileKind::kDisk);
      if (file) file->first_sector = entry.first_sector, file->size = entry.size;
      break;
    }
  }
  free_pages(page);
  return file;
}

bool seek_file(File& file, uint64_t offset) {
  if (file.kind != FileKind::kDisk || offset > file.size) return false;
  file.offset = offset;
  return true;
}

uint64_t sector_of(const File& file, uint64_t offset) {
  return file.kind == FileKind::kDisk && offset < file.size ? file.first_sector + offset / kSector : 0;
}

int64_t read_file(File& file, uint64_t to, uint64_t size) {
  if (file.kind == FileKind::kPipeReader) return read_pipe(*file.pipe, to, size);
  if (file.kind == FileKind::kDisk) return read_disk(file, to, size);
  return kFailed;
}

int64_t write_file(File& file, uint64_t from, uint64_t size) {
  if (file.kind == FileKind::kConsole) return write_console(from, size);
  if (file.kind == FileKind::kPipeWriter) return write_pipe(*file.pipe, from, size);
  return kFailed;
}
