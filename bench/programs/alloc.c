// Benchmark: an allocator of our own with lists of free blocks, under trees, lists and a changing set of buffers.
#include "bench/lib/bench.h"

enum { kHeapBytes = 24 << 20, kClasses = 20, kDepth = 13, kLive = 4096, kRounds = 200 };

// --- the allocator: sizes are powers of two and three quarters of them ---------------------------

struct Block {
  uint64_t size_class;
  struct Block* next;  // while it is free
};

static uint8_t heap[kHeapBytes] __attribute__((aligned(64)));
static size_t heap_used, in_use;
static struct Block* free_blocks[kClasses];

static size_t class_bytes(unsigned size_class) { return (size_class % 2 ? (size_t)48 : 32) << size_class / 2; }

static BENCH_NOINLINE void* allocate(size_t bytes) {
  unsigned size_class = 0;
  while (class_bytes(size_class) < bytes + sizeof(struct Block)) ++size_class;
  struct Block* block = free_blocks[size_class];
  if (block) {
    free_blocks[size_class] = block->next;
  } else {
    block = (struct Block*)(heap + heap_used);
    heap_used += class_bytes(size_class);
    if (heap_used > kHeapBytes) bench_fail("the heap is large enough");
    block->size_class = size_class;
  }
  ++in_use;
  return block + 1;
}

static BENCH_NOINLINE void release(void* memory) {
  struct Block* block = (struct Block*)memory - 1;
  block->next = free_blocks[block->size_class];
  free_blocks[block->size_class] = block;
  --in_use;
}

// --- its users -----------------------------------------------------------------------------------

struct Tree {
  struct Tree *left, *right;
  uint64_t key;
};

static struct Tree* insert(struct Tree* tree, uint64_t key) {
  struct Tree** at = &tree;
  while (*at) at = key < (*at)->key ? &(*at)->left : &(*at)->right;
  *at = allocate(sizeof **at);
  **at = (struct Tree){NULL, NULL, key};
  return tree;
}

static struct Tree* full_tree(int depth) {
  struct Tree* tree = allocate(sizeof *tree);
  *tree = (struct Tree){NULL, NULL, (uint64_t)depth};
  if (depth > 0) {
    tree->left = full_tree(depth - 1);
    tree->right = full_tree(depth - 1);
  }
  return tree;
}

// The sum of all keys, weighted by depth; the tree is released.
static uint64_t take_down(struct Tree* tree, uint64_t depth) {
  if (!tree) return 0;
  const uint64_t sum = tree->key * depth + take_down(tree->left, depth + 1) + take_down(tree->right, depth + 1);
  release(tree);
  return sum;
}

struct Buffer {
  size_t words;
  uint64_t data[];
};

static struct Buffer* live[kLive];

static uint64_t change_buffers(uint64_t* random, int times) {
  uint64_t sum = 0;
  for (; times; --times) {
    struct Buffer** slot = &live[bench_random(random) % kLive];
    if (*slot) {
      sum += (*slot)->data[0] ^ (*slot)->data[(*slot)->words - 1];
      release(*slot);
    }
    const size_t words = 1 + (bench_random(random) >> 4 & 15 & bench_random(random)) * 4;
    *slot = allocate(sizeof **slot + 8 * words);
    (*slot)->words = words;
    for (size_t i = 0; i < words; i += 4) (*slot)->data[i] = sum + i;
    (*slot)->data[words - 1] = words;
  }
  return sum;
}

uint64_t bench_run(unsigned percent) {
  uint64_t random = 17, sum = 0;
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    sum = bench_mix(sum, take_down(full_tree(kDepth), 1));
    struct Tree* tree = NULL;
    for (int i = 0; i < 10000; ++i) tree = insert(tree, bench_random(&random));
    sum = bench_mix(sum, take_down(tree, 1));
    sum = bench_mix(sum, change_buffers(&random, 60000));
  }
  for (int i = 0; i < kLive; ++i)
    if (live[i]) release(live[i]);
  if (in_use != 0) bench_fail("everything was released");
  return bench_mix(sum, heap_used);
}
