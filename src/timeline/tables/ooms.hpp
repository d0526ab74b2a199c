// Which free memory the caching allocator could have given to a request that failed, and which it could not.
// docs/snapshots.md, "Out-of-memory reports", has the rules.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frames/stack_class.hpp"
#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/layout.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

struct FailedRequest {
    std::int64_t size = 0;               // bytes, as in the event
    std::optional<std::int64_t> stream;  // nullopt: the event does not say, any matches
    snapshot::TextId pool;               // none: the default pool, or a file that knows no pools
};

// Reads the requests of one device. Remembers the site of each stack, 4 bytes a stack.
class RequestReader {
public:
    explicit RequestReader(const DeviceView& view);

    // `event` is an OOM with a size. The pool is that of the event. If the event has none, it is the pool of
    // the latest allocation of the same site before it, which its event or its segment at the OOM shows, or
    // else the default pool. A site may allocate in several pools, for example inside and outside of a graph
    // capture; the latest is the best guess. `layout` is that of the OOM.
    [[nodiscard]] FailedRequest request_of(std::int64_t event, const Layout& layout);

private:
    static constexpr std::uint32_t k_no_site = 0xffffffffU;

    [[nodiscard]] snapshot::TextId pool_of_site(std::int64_t event, const Layout& layout);
    [[nodiscard]] std::uint32_t site_of(snapshot::StackId stack);
    [[nodiscard]] snapshot::TextId pool_of(std::uint32_t idx, const Layout& layout) const;

    const DeviceView& m_view;
    frames::StackClassifier m_classifier;
    std::map<std::string, std::uint32_t> m_sites;
    std::vector<std::uint32_t> m_site_of_stack;  // k_no_site until it is needed
};

struct OomFit {
    std::int64_t usable_bytes = 0;
    std::int64_t usable_largest_bytes = 0;  // the largest free piece of them
    std::vector<OomUnusableRow> unusable;   // most bytes first, at most k_max_unusable rows
};

inline constexpr std::size_t k_max_unusable = 100;

[[nodiscard]] OomFit fit_request(const Layout& layout, const FailedRequest& request,
                                 const AllocatorSettings& settings, const snapshot::Symbols& symbols);

}  // namespace snapq::timeline
