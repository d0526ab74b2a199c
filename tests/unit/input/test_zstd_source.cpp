#include "support/catch.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::input;
using namespace snapq::input::fixtures;

TEST_CASE("All frames of a zstd file are read in sequence, and skippable ones have no content") {
    const ScratchFolder dir;
    const std::string pickle = pickle_bytes(300);
    const std::string frames = zstd_skippable_frame("note") + zstd(pickle.substr(0, 100)) + zstd("") +
                               zstd_skippable_frame("") + zstd(pickle.substr(100)) +
                               zstd_skippable_frame("end");
    const std::string path = dir.file("a.zst", frames);
    for (const std::size_t piece : {1u, 2u, 3u, 4096u}) CHECK(payload_of(path, piece) == pickle);
}

TEST_CASE("A zstd file that is truncated anywhere is refused") {
    const ScratchFolder dir;
    const std::string packed = zstd(pickle_bytes(300));
    for (std::size_t size = 0; size < packed.size(); ++size) {
        INFO(size);
        CHECK(failure_of(dir.file("cut.zst", packed.substr(0, size))) != "");
    }
    const std::string path = dir.file("cut.zst", packed.substr(0, 100));
    CHECK(failure_of(path) == path + ": byte 100: zstd: truncated: the data ends here, before its end mark");
}

TEST_CASE("A zstd file with a flipped byte never gives other data") {
    const ScratchFolder dir;
    const std::string packed = zstd(pickle_bytes(300));
    for (std::size_t at = 0; at < packed.size(); ++at) {
        std::string damaged = packed;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        const std::string path = dir.file("damaged.zst", damaged);
        if (failure_of(path).empty()) CHECK(payload_of(path) == pickle_bytes(300));
    }
}

TEST_CASE("Bytes after the last zstd frame are damage") {
    const ScratchFolder dir;
    CHECK(failure_of(dir.file("a", zstd(pickle_bytes(300)) + "trailing")).find("not zstd data") !=
          std::string::npos);
}

TEST_CASE("A zstd file that needs a huge window is refused before memory is allocated") {
    const ScratchFolder dir;
    // Magic, a frame header with a window descriptor of 2^31 bytes, one empty last block.
    const std::string huge("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00", 9);
    CHECK(failure_of(dir.file("huge.zst", huge)).find("more than 128 MiB") != std::string::npos);
}

TEST_CASE("A decompression bomb is refused unless the limit is raised") {
    const ScratchFolder dir;
    const std::string bomb = pickle_bytes(100) + std::string(200'000'000, '\0');
    const std::string path = dir.file("bomb.zst", zstd(bomb));
    CHECK(failure_of(path).find("unpacks to more than 2000 times its size") != std::string::npos);
    OpenedInput allowed = open_input(path, {.max_expansion = 1'000'000});
    std::size_t total = 0;
    std::string piece(1 << 20, '\0');
    while (const std::size_t count = allowed.payload().read(piece)) total += count;
    CHECK(total == bomb.size());
}

TEST_CASE("The expansion of nested bombs is measured against the size of the file") {
    const ScratchFolder dir;
    const std::string inner = gzip(pickle_bytes(100) + std::string(200'000'000, '\0'));
    CHECK(failure_of(dir.file("a", gzip(inner))).find("gzip inside gzip: unpacks to more than 2000 times") !=
          std::string::npos);
}
