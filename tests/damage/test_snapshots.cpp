// Snapshots in every form and container, damaged at every byte: each is refused with the offset, or read.
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <variant>

#include "archive/inspection.hpp"
#include "convert/converter.hpp"
#include "damage/damage.hpp"
#include "fuzz/timelines.hpp"
#include "input/open_input.hpp"
#include "snapshot/decoder.hpp"
#include "support/catch.hpp"
#include "support/memory_file.hpp"
#include "support/scratch_folder.hpp"
#include "support/snapshot_text.hpp"

using namespace snapq;
using namespace snapq::tests;
using tests::read_file;

namespace {

// Reading a sample takes milliseconds, reading a seed takes microseconds. Therefore samples are damaged only
// at this many positions.
constexpr std::size_t k_positions_of_a_sample = 60;

// One of this many readable damaged files is converted.
constexpr std::size_t k_conversions = 256;

// The limit for the whole test: the memory that convert may use for so few events.
constexpr std::int64_t k_memory_kib = 64 << 10;

struct Fixture {
    std::string name;
    std::string bytes;
    std::size_t most_positions;
};

std::vector<Fixture> fixtures() {
    std::vector<Fixture> found;
    for (const char* folder :
         {"tests/corpus/snapshot", "tests/corpus/json", "tests/corpus/container", "examples"}) {
        for (const auto& entry :
             std::filesystem::directory_iterator(SNAPQ_SOURCE_DIR + std::string("/") + folder)) {
            const bool is_sample = entry.path().extension() == ".pickle";
            if (!is_sample && entry.path().filename().string().find("seed-") != 0) continue;
            std::string bytes = read_file(entry.path().string());
            const std::size_t size = bytes.size();
            found.push_back({std::string(folder) + "/" + entry.path().filename().string(), std::move(bytes),
                             is_sample ? k_positions_of_a_sample : size});
        }
    }
    std::ranges::sort(found, {}, &Fixture::name);
    return found;
}

bool is_html(const Fixture& fixture) {
    return fixture.name.ends_with("html");
}
// Whether the contents have a checksum.
bool is_checked(const Fixture& fixture) {
    return std::ranges::any_of(std::array{"gzip", "zstd", "zip"}, [&](const char* part) {
        return fixture.name.find(part) != std::string::npos;
    });
}

// The same as convert, up to the first byte that it writes.
Lines read_all(const std::string& path) {
    input::OpenedInput input = input::open_input(path);
    const auto decode = [&] {
        try {
            return input.kind() == input::PayloadKind::json ? snapshot::decode_json(input.payload())
                                                            : snapshot::decode_pickle(input.payload());
        } catch (const InputError& error) {
            throw input.located(error);
        }
    };
    const snapshot::Snapshot snapshot = decode();
    input.finish();
    fuzz::compute_timelines(snapshot);
    return SnapshotText(snapshot).everything();
}

using Outcome = std::variant<Lines, InputError>;

Outcome outcome_of(const std::string& bytes) {
    const MemoryFile file(bytes);
    try {
        return read_all(file.path());
    } catch (const InputError& error) {
        CHECK(error.file() == file.path());
        return error;
    }
}

// Whether the error is about the file as a whole and has no offset.
bool is_about_the_whole(const std::string& message) {
    return std::ranges::any_of(
        std::array{"not a memory snapshot", "'segments' is not a list", "'device_traces' is not a list",
                   "a zip archive without data.pkl", "without an embedded snapshot",
                   "the file holds several JSON texts"},
        [&](const char* part) { return message.find(part) != std::string::npos; });
}

// An error has a message and an offset inside the file.
void check_refusal(const Outcome& outcome, std::size_t size) {
    const auto* error = std::get_if<InputError>(&outcome);
    if (error == nullptr) return;
    CHECK_FALSE(error->message().empty());
    CHECK((error->offset().has_value() || is_about_the_whole(error->message())));
    const bool is_of_file = error->message().find("unpacked from") == std::string::npos &&
                            (error->message().starts_with("truncated: the file ends at byte ") ||
                             error->message().find(" inside ") == std::string::npos);
    if (error->offset() && is_of_file) CHECK(*error->offset() <= size);
}

void convert_and_verify(const std::string& bytes) {
    const MemoryFile file(bytes);
    const tests::ScratchFolder folder;
    convert::convert_file(file.path(), folder / "a.zip", {});
    CHECK(archive::verify_archive(folder / "a.zip").ok());
}

}  // namespace

TEST_CASE("every snapshot truncated after each byte is refused with the offset") {
    for (const Fixture& fixture : fixtures()) {
        const Outcome good = outcome_of(fixture.bytes);
        for (const std::size_t at : places(fixture.bytes.size(), fixture.most_positions)) {
            INFO(fixture.name << " cut at " << at);
            const Outcome outcome = outcome_of(cut(fixture.bytes, at));
            check_refusal(outcome, at);
            if (const auto* lines = std::get_if<Lines>(&outcome)) {
                CHECK(is_html(fixture));  // nothing after the embedded snapshot is needed
                CHECK(*lines == std::get<Lines>(good));
            }
        }
    }
    if (!is_sanitized()) CHECK(peak_memory_kib() <= k_memory_kib);
}

TEST_CASE("every snapshot with each byte changed is refused with the offset, or read") {
    std::size_t accepted = 0;
    for (const Fixture& fixture : fixtures()) {
        const Outcome good = outcome_of(fixture.bytes);
        const auto try_with = [&](const std::string& bytes) {
            const Outcome outcome = outcome_of(bytes);
            check_refusal(outcome, bytes.size());
            const auto* lines = std::get_if<Lines>(&outcome);
            if (lines == nullptr) return;
            if (is_checked(fixture)) CHECK(*lines == std::get<Lines>(good));
            if (++accepted % (k_conversions * sample_divisor()) == 0) convert_and_verify(bytes);
        };
        for (const std::size_t at : places(fixture.bytes.size(), fixture.most_positions)) {
            INFO(fixture.name << " changed at " << at);
            try_with(one_bit_flipped(fixture.bytes, at));
            try_with(all_bits_flipped(fixture.bytes, at));
        }
    }
    CHECK(accepted > k_conversions * sample_divisor());
    if (!is_sanitized()) CHECK(peak_memory_kib() <= k_memory_kib);
}
