// Memory that several processes see, by name. It stays until the machine ends, as a file would.
#include "kernel/shared.hpp"

namespace {

struct Shared {
  char name[24];
  uint64_t pages, size;
};
Shared objects[32];

}  // namespace

int64_t map_shared(Process& process, const char* name, uint64_t size) {
  size = page_up(size);
  Shared* object = objects;
  while (object < objects + 32 && object->size && !equal(object->name, name)) ++object;
  if (!size || object == objects + 32) return kFailed;
  if (!object->size) {
    object->pages = allocate_pages(size / kPage);
    if (!object->pages) return kFailed;
    copy_string(object->name, name, sizeof object->name);
    object->size = size;
  }
  if (size > object->size) return kFailed;
  const uint64_t start = process.heap;
  process.heap += size + kPage;
  for (uint64_t at = 0; at < size; at += kPage)
    if (!process.space.map(start + at, object->pages + at, kR | kW | kPteShared)) return kFailed;
  return static_cast<int64_t>(start);
}
