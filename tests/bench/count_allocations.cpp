#include "bench/count_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

// GCC defines a macro for each sanitizer; clang tells by __has_feature.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SNAPQ_FOREIGN_OPERATOR_NEW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SNAPQ_FOREIGN_OPERATOR_NEW 1
#endif
#endif

namespace {

std::atomic<std::uint64_t> g_allocations = 0;

}  // namespace

std::uint64_t snapq::bench::heap_allocation_count() {
    return g_allocations.load(std::memory_order_relaxed);
}

#ifndef SNAPQ_FOREIGN_OPERATOR_NEW

// Replacing these is enough: the array and nothrow forms of the library call them.
void* operator new(std::size_t size) {
    g_allocations.fetch_add(1, std::memory_order_relaxed);
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
