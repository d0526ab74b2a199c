// Recognises a file of any kind and reads its payload to the end.
#include <array>

#include "fuzz/target.hpp"
#include "input/open_input.hpp"

SNAPQ_FUZZ_TARGET(container, data, size) {
    const snapq::tests::MemoryFile file(snapq::fuzz::text_of(data, size));
    snapq::fuzz::accepts([&] {
        auto input = snapq::input::open_input(file.path(), {.max_expansion = 1});
        std::array<char, 5000> buffer{};
        while (input.payload().read(buffer) > 0) {
        }
        input.finish();
    });
    return 0;
}
