// The input of the micro-benchmarks: a simulated training run with the proportions of docs/performance.md,
// "Method". It is available as the pickles that the two producers (Python and C++) write, and as the results
// of each step of the conversion.
//
// One third of the events each are alloc, free_requested and free_completed. On average, 26 live elements are
// above an element that is freed. The 130 stacks have a median depth of 42; 95 % have at most 86 frames, and
// the deepest has 300. free_requested and free_completed of one allocation share the list object of their
// stack, and each frame dict is stored once for all stacks. Every event contains `compile_context`. The input
// is made once in each process and is the same on every machine. The environment variable SNAPQ_BENCH_EVENTS
// sets another number of events, for a quick run. SNAPQ_BENCH_PICKLE names a pickle with a trace of device 0
// to use instead.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "convert/converter.hpp"
#include "convert/device_timeline.hpp"
#include "support/decoding.hpp"
#include "support/pickle_builder.hpp"
#include "support/random.hpp"
#include "support/scratch_folder.hpp"

namespace snapq::bench {

// SNAPQ_BENCH_EVENTS (at least 3); `usual` if it is not set.
inline std::uint32_t events_or(std::uint32_t usual) {
    const char* wanted = std::getenv("SNAPQ_BENCH_EVENTS");
    return wanted == nullptr ? usual
                             : static_cast<std::uint32_t>(std::max(3UL, std::strtoul(wanted, nullptr, 10)));
}

// One of the sizes that a model allocates again and again.
inline std::int64_t some_size(tests::Random& random) {
    constexpr std::array<std::int64_t, 14> k_sizes{512,      2048,     4096,      8192,    49152,
                                                   786432,   1048576,  4194304,   9437184, 12582912,
                                                   16777216, 40960000, 154389504, 24};
    return k_sizes[random.below(static_cast<std::uint32_t>(k_sizes.size()))];
}

// ---- the run ----

inline constexpr std::uint32_t k_stacks = 130;

struct RunEvent {
    std::string_view action;
    std::uint32_t address = 0;  // number of a place; a place is used many times
    std::int64_t size = 0;
    std::uint32_t stack = 0;  // below k_stacks
    bool same_list = false;   // its stack is the list object of the event before
};

// Stacks are numbered by depth, and deep ones are chosen more often, so that a recorded list has 68 frames on
// average.
inline std::uint32_t some_stack(tests::Random& random) {
    return std::max(random.below(k_stacks), random.below(k_stacks));
}

// 500 live elements; a freed element has 0 to 52 live ones above it.
inline std::vector<RunEvent> training_run(std::uint32_t events) {
    struct Live {
        std::uint32_t address;
        std::int64_t size;
    };
    tests::Random random(1);
    std::vector<RunEvent> run;
    std::vector<Live> live;
    std::vector<std::uint32_t> free_addresses;
    while (run.size() + 3 <= events) {
        if (free_addresses.empty()) free_addresses.push_back(static_cast<std::uint32_t>(live.size()));
        const Live made{free_addresses.back(), some_size(random)};
        free_addresses.pop_back();
        live.push_back(made);
        run.push_back({"alloc", made.address, made.size, some_stack(random), false});
        if (live.size() < 500) continue;
        const auto at = static_cast<std::ptrdiff_t>(live.size() - 1 - random.below(53));
        const Live freed = live[static_cast<std::size_t>(at)];
        live.erase(live.begin() + at);
        free_addresses.push_back(freed.address);
        run.push_back({"free_requested", freed.address, freed.size, some_stack(random), false});
        run.push_back({"free_completed", freed.address, freed.size, run.back().stack, true});
    }
    return run;
}

// Depth of a stack: median 42, 95 % up to 86, at most 300.
inline std::uint32_t depth_of(std::uint32_t stack) {
    const double share = (stack + 0.5) / k_stacks;
    const double depth = share < 0.5    ? 10 + 64 * share
                         : share < 0.95 ? 42 + (share - 0.5) / 0.45 * 44
                                        : 86 + (share - 0.95) / 0.05 * 214;
    return static_cast<std::uint32_t>(depth);
}

// ---- its pickle ----

enum class Producer {
    cpython,  // protocol 4: groups of 1000, containers memoized before they are filled
    cpp,      // protocol 2: one group for each container; memoized after it is closed, if used again
};

class RunPickler {
public:
    explicit RunPickler(Producer producer) : m_python(producer == Producer::cpython) {}

    [[nodiscard]] std::string pickle(const std::vector<RunEvent>& run) {
        m_to.proto(m_python ? 4 : 2).empty_dict();
        store_early();
        m_to.mark();
        text("segments"), segments();
        text("device_traces");
        m_to.empty_list();
        store_early();
        m_to.empty_list();  // the only device
        store_early();
        m_to.mark();
        for (std::size_t i = 0; i < run.size(); ++i) {
            if (m_python && i > 0 && i % 1000 == 0) m_to.appends().mark();
            event(run[i], i + 1 < run.size() && run[i + 1].same_list);
        }
        return m_to.appends().append().setitems().stop().bytes();
    }

private:
    // One segment with free blocks. Its values enter Python's memo before the frames do, which decides how
    // many bytes the memo numbers of the frames take.
    void segments() {
        constexpr std::int64_t k_block = 0x20'0000;
        constexpr std::int64_t k_blocks = 60;
        m_to.empty_list();
        store_early();
        m_to.empty_dict();
        store_early();
        m_to.mark();
        text("device"), m_to.number(0);
        text("address"), m_to.number(0x7f2a'0000'0000);
        text("total_size"), m_to.number(k_block * k_blocks);
        text("stream"), m_to.number(0);
        text("segment_type"), text("large");
        text("blocks"), m_to.empty_list();
        store_early();
        m_to.mark();
        for (std::int64_t number = 0; number < k_blocks; ++number)
            block(0x7f2a'0000'0000 + number * k_block, k_block);
        m_to.appends().setitems().append();
    }

    void block(std::int64_t address, std::int64_t size) {
        m_to.empty_dict();
        store_early();
        m_to.mark();
        text("address"), m_to.number(address);
        text("size"), m_to.number(size);
        text("requested_size"), m_to.number(0);
        text("state"), text("inactive");
        text("frames"), m_to.empty_list();
        store_early();
        m_to.setitems();
    }

    void event(const RunEvent& event, bool list_is_used_again) {
        m_to.empty_dict();
        store_early();
        m_to.mark();
        text("action"), text(event.action);
        text("addr"), m_to.number(address_of(event.address));
        text("size"), m_to.number(event.size);
        text("stream"), m_to.number(0);
        text("time_us"), m_to.number(m_time_us += 1 + m_random.below(40));
        text("compile_context"), context();
        text("segment_pool_id"), pool();
        text("frames"), list(event, list_is_used_again);
        m_to.setitems();
    }

    // Scattered over 4 GiB in steps of 512 bytes, as blocks of the caching allocator are.
    static std::int64_t address_of(std::uint32_t place) {
        return 0x7f2b'0000'0000LL + std::int64_t{(place * 2'654'435'761U) >> 9} * 512;
    }

    // Python writes the text again in every event; C++ refers to an earlier text with the same content.
    void context() {
        if (!m_python) return text("N/A");
        m_to.text("N/A");
        store_early();
    }

    void pool() {
        if (fetched("(0, 0)")) return;
        m_to.number(0).number(0).tuple2();
        keep("(0, 0)");
    }

    void list(const RunEvent& event, bool used_again) {
        if (event.same_list) return fetch(m_last_list);
        m_to.empty_list();
        if (m_python) m_last_list = keep({});
        m_to.mark();
        const std::uint32_t depth = depth_of(event.stack);
        for (std::uint32_t level = 0; level < depth; ++level) frame(event.stack, level, depth);
        m_to.appends();
        if (!m_python && used_again) m_last_list = keep({});
    }

    // The six innermost frames are the stack's own; the others are shared by all, as the outer part of a
    // training loop is.
    void frame(std::uint32_t stack, std::uint32_t level, std::uint32_t depth) {
        const bool own = level < 6;
        const std::string name =
            own ? fmt::format("op_{}_{}", stack, level) : fmt::format("call_{}", depth - level);
        const std::string key = "frame " + name;
        if (fetched(key)) return;
        m_to.empty_dict();
        if (m_python) keep(key);
        m_to.mark();
        text("name"), text(name);
        text("filename"), text(fmt::format("/opt/train/{}/module_{}.py", own ? "ops" : "model", level % 17));
        text("line"), m_to.number(10 + level * 3);
        m_to.setitems();
        if (!m_python) keep(key);
    }

    void text(std::string_view text) {
        const std::string key(text);
        if (fetched(key)) return;
        m_python ? m_to.text(text) : m_to.binunicode(text);
        keep(key);
    }

    // CPython memoizes a container before it is filled, whether it is used again or not.
    void store_early() {
        if (m_python) keep({});
    }

    bool fetched(const std::string& key) {
        const auto known = m_known.find(key);
        if (known != m_known.end()) fetch(known->second);
        return known != m_known.end();
    }
    void fetch(std::uint32_t index) { index < 256 ? m_to.binget(index) : m_to.long_binget(index); }

    // Gives the value on the stack a number, under `key` if that is not empty.
    std::uint32_t keep(const std::string& key) {
        if (m_python) {
            m_to.memoize();
        } else {
            m_next < 256 ? m_to.binput(m_next) : m_to.long_binput(m_next);
        }
        if (!key.empty()) m_known.emplace(key, m_next);
        return m_next++;
    }

    bool m_python;
    tests::PickleBuilder m_to;
    std::uint32_t m_next = 0;
    std::uint32_t m_last_list = 0;
    tests::Random m_random{7};
    std::int64_t m_time_us = 1'767'225'600'000'000;
    std::unordered_map<std::string, std::uint32_t> m_known;
};

// 29 MB from Python, 21 MB from C++.
inline const std::string& training_pickle(Producer producer) {
    static std::array<std::string, 2> pickles;
    std::string& pickle = pickles[static_cast<std::size_t>(producer)];
    if (pickle.empty()) pickle = RunPickler(producer).pickle(training_run(events_or(120'000)));
    return pickle;
}

// The pickle of the Python producer, or the file that SNAPQ_BENCH_PICKLE names.
inline const std::string& chosen_pickle() {
    const char* path = std::getenv("SNAPQ_BENCH_PICKLE");
    if (path == nullptr) return training_pickle(Producer::cpython);
    static const std::string file = tests::read_file(path);
    return file;
}

// ---- the results of each step of the conversion ----

inline const snapshot::Snapshot& training_snapshot() {
    static const snapshot::Snapshot made = tests::decode(tests::Form::pickle, chosen_pickle());
    return made;
}

inline const convert::DeviceTimeline& training_timeline() {
    const snapshot::Snapshot& snapshot = training_snapshot();
    static const convert::DeviceTimeline made(
        snapshot, timeline::replay_device(snapshot, 0, timeline::Preexisting::all), {});
    return made;
}

// Converts the run; returns the path of a zip, or of a directory with plain files. Removed at the end.
inline const std::string& training_archive(convert::Layout layout, zip::Compression compression) {
    static const tests::ScratchFolder folder;
    static std::unordered_map<std::string, std::string> made;
    const std::string name =
        layout == convert::Layout::directory ? "plain" : std::string(archive::name_of(compression)) + ".zip";
    std::string& path = made[name];
    if (path.empty()) {
        const std::string input = folder / "training.pickle";
        tests::write_file(input, chosen_pickle());
        path = folder / name;
        convert::ConvertOptions options;
        options.layout = layout;
        options.compression = compression;
        convert::convert_file(input, path, options);
    }
    return path;
}

}  // namespace snapq::bench
