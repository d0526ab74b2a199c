#include "support/heap.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

// GCC announces a sanitizer by a macro, clang by a feature.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SNAPQ_FOREIGN_OPERATOR_NEW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SNAPQ_FOREIGN_OPERATOR_NEW 1
#endif
#endif

namespace snapq {
namespace {

std::atomic<std::uint64_t> g_allocations = 0;

}  // namespace

std::uint64_t heap_allocation_count() {
    return g_allocations.load(std::memory_order_relaxed);
}

void return_free_memory() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

}  // namespace snapq

#ifndef SNAPQ_FOREIGN_OPERATOR_NEW

// Replacing these two is enough: the array and nothrow forms of the library call them. One relaxed increment
// a call is lost in the cost of malloc itself.
void* operator new(std::size_t size) {
    snapq::g_allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

#endif
