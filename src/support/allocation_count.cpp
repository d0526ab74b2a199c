#include "snapq/support/allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace snapq {
namespace {

std::atomic<std::uint64_t> g_allocations = 0;

}  // namespace

std::uint64_t heap_allocation_count() {
    return g_allocations.load(std::memory_order_relaxed);
}

}  // namespace snapq

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// Replacing these two is enough: the array and nothrow forms of the library call them. One relaxed increment a call is
// lost in the cost of malloc itself.
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
