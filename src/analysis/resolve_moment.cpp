#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/moment.hpp"
#include "analysis/row_access.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

constexpr std::size_t k_most_names = 8;  // listed in a message

// An error that says that the device does not have the moment.
template <typename Base>
class Missing : public Base, public archive::MissingMoment {
public:
    using Base::Base;
    Missing& with_hint(std::string hint) {
        Base::with_hint(std::move(hint));
        return *this;
    }
};
using MissingHere = Missing<UsageError>;   // the device has moments of this kind, but not this one
using MissingAtAll = Missing<InputError>;  // the device has no moment of this kind

// "NAME#3" or "NAME[3]".
struct NumberedSpan {
    std::string name;
    std::int64_t number = 0;
};

std::optional<NumberedSpan> numbered_span(std::string_view text) {
    const bool in_brackets = text.ends_with(']');
    if (in_brackets) text.remove_suffix(1);
    const std::size_t mark = text.rfind(in_brackets ? '[' : '#');
    if (mark == std::string_view::npos || mark == 0) return std::nullopt;
    const char* end = text.data() + text.size();
    NumberedSpan span{std::string(text.substr(0, mark)), 0};
    const auto parsed = std::from_chars(text.data() + mark + 1, end, span.number);
    if (parsed.ptr != end || parsed.ec != std::errc() || span.number < 0) return std::nullopt;
    return span;
}

// Resolves moments on one device of one database.
class Resolver {
public:
    Resolver(archive::Database& database, std::int64_t device, const std::string& schema)
        : m_database(database), m_device(device), m_schema(archive::quoted_name(schema)) {
        check_archive(schema);
        check_device();
    }

    [[nodiscard]] std::int64_t event_of(const Moment& moment) {
        switch (moment.kind) {
            case Moment::Kind::peak: return figure("peak_event").value_or(-1);
            case Moment::Kind::reserved_peak: return reserved_peak();
            case Moment::Kind::start: return -1;
            case Moment::Kind::end: return last_event();
            case Moment::Kind::oom: return oom(moment.number);
            case Moment::Kind::event: return event(moment.number);
            case Moment::Kind::time: return time(moment.number);
            case Moment::Kind::offset: return offset(moment.number);
            case Moment::Kind::timestep: return timestep(moment.number);
            case Moment::Kind::span: return span(moment.name);
            case Moment::Kind::step: return step(moment.number);
        }
        return -1;
    }

private:
    // SQL with {s} for the schema's quoted name, and the device as its parameter 1.
    archive::Query ask(const char* sql) {
        archive::Query query = m_database.prepare(fmt::format(fmt::runtime(sql), fmt::arg("s", m_schema)));
        if (query.parameter_count() > 0) query.bind(1, m_device);
        return query;
    }

    // The first integer of the result; nullopt if it is NULL or there is no row.
    static std::optional<std::int64_t> number(archive::Query& query) {
        if (!query.next() || query.is_null(0)) return std::nullopt;
        return query.integer(0);
    }

    std::optional<std::int64_t> number_of(const char* sql) {
        archive::Query query = ask(sql);
        return number(query);
    }

    std::optional<std::int64_t> figure(const char* column) {
        archive::Query query =
            m_database.prepare(fmt::format("SELECT {} FROM {}.devices WHERE device = ?1", column, m_schema));
        query.bind(1, m_device);
        return number(query);
    }

    // The first texts of the result, for messages.
    static std::string list(archive::Query query) {
        std::string names;
        for (std::size_t count = 0; query.next(); ++count) {
            if (count == k_most_names) return names + ", …";
            if (count > 0) names += ", ";
            names += abbreviate(query.text(0));
        }
        return names;
    }

    void check_archive(const std::string& schema) {
        archive::Query query = ask("SELECT 1 FROM {s}.sqlite_master WHERE name = 'devices'");
        if (query.next()) return;
        throw InputError(
            schema == "main" ? "" : schema,
            "an archive made by SnapViewer's converter stores no devices and events, so it has no moments");
    }

    void check_device() {
        if (figure("device")) return;
        std::vector<std::int64_t> devices;
        archive::Query query = ask("SELECT device FROM {s}.devices ORDER BY device < 0, device");
        while (query.next()) devices.push_back(query.integer(0));
        if (devices.empty()) throw InputError("the archive is empty: it has no device");
        throw no_such_device(m_device, devices);
    }

    std::int64_t event_count() { return figure("event_count").value_or(0); }
    std::int64_t last_event() { return saturating_subtract(event_count(), 1); }

    std::int64_t reserved_peak() {
        const auto event = figure("peak_reserved_event");
        if (!event)
            throw MissingAtAll(fmt::format("the reserved bytes of {} are not known", device_label(m_device)));
        return *event;
    }

    std::int64_t oom(std::int64_t wanted) {
        archive::Query query = ask("SELECT event FROM {s}.oom WHERE device = ?1 ORDER BY event");
        std::int64_t count = 0;
        for (; query.next(); ++count) {
            if (count == wanted) return query.integer(0);
        }
        if (count == 0)
            throw MissingAtAll(fmt::format("{} did not run out of memory", device_label(m_device)));
        throw MissingHere(fmt::format("there is no oom:{}; {} ran out of memory {}, oom:0 to oom:{}", wanted,
                                      device_label(m_device), counted(count, "time"), count - 1));
    }

    std::int64_t event(std::int64_t wanted) {
        const std::int64_t count = event_count();
        if (wanted >= -1 && wanted < count) return wanted;
        if (count == 0) throw MissingAtAll(fmt::format("{} has no trace", device_label(m_device)));
        throw MissingHere(
            fmt::format("there is no event:{}; {} has event:0 to event:{}, and event:-1 for before", wanted,
                        device_label(m_device), last_event()));
    }

    // The traces of the devices begin and end at different times, so a time inside the trace of any device is
    // allowed.
    void check_time(std::int64_t wanted) {
        archive::Query query = ask("SELECT min(first_time_us), max(last_time_us) FROM {s}.devices");
        if (!query.next() || (wanted >= query.integer(0) && wanted <= query.integer(1))) return;
        throw MissingHere(fmt::format("there is no time:{}; the events are from time:{} to time:{}", wanted,
                                      query.integer(0), query.integer(1)))
            .with_hint(
                "a time is in Unix microseconds, as in the trace; +1.5ms is counted from the first event");
    }

    std::int64_t time(std::int64_t wanted) {
        const Times times = times_of_device();
        check_time(wanted);
        return last_event_until(wanted, times);
    }

    // Device 0 may run for longer than device 1. An offset after the last event of device 1 then means the
    // state after that event.
    std::int64_t offset(std::int64_t wanted) {
        const Times times = times_of_device();
        archive::Query query = ask("SELECT max(last_time_us - first_time_us) FROM {s}.devices");
        const std::int64_t longest = number(query).value_or(0);
        if (wanted > longest) {
            throw MissingHere(fmt::format("there is no {}; the trace ends {} after its first event",
                                          text_of(Moment{Moment::Kind::offset, wanted, {}}),
                                          text_of(Moment{Moment::Kind::offset, longest, {}})));
        }
        return last_event_until(saturating_add(times.first, wanted), times);
    }

    struct Times {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };

    Times times_of_device() {
        const auto first = figure("first_time_us");
        const auto last = figure("last_time_us");
        if (!first || !last)
            throw MissingAtAll(fmt::format("the events of {} have no times", device_label(m_device)));
        return {*first, *last};
    }

    // In Unix microseconds.
    std::int64_t last_event_until(std::int64_t time, const Times& times) {
        if (time < times.first) return -1;
        if (time >= times.last) return last_event();
        archive::Query query = ask("SELECT max(event) FROM {s}.events WHERE device = ?1 AND time_us <= ?2");
        query.bind(2, time);
        return number(query).value_or(-1);
    }

    std::int64_t timestep(std::int64_t wanted) {
        const std::int64_t last = figure("timesteps").value_or(0);
        if (wanted < 0 || wanted > last) {
            throw MissingHere(fmt::format("there is no timestep:{}; {} has timestep:0 to timestep:{}", wanted,
                                          device_label(m_device), last));
        }
        // Only allocations and frees take a timestep, so no other events have to be searched.
        archive::Query query = ask(
            "SELECT max(event) FROM (SELECT max(alloc_event) AS event FROM {s}.allocations"
            " WHERE device = ?1 AND start_timestep <= ?2 UNION ALL SELECT max(end_event) FROM {s}.allocations"
            " WHERE device = ?1 AND end_timestep <= ?2)");
        query.bind(2, wanted);
        return number(query).value_or(-1);
    }

    std::int64_t step(std::int64_t wanted) {
        const bool has_steps =
            number_of("SELECT 1 FROM {s}.sqlite_master WHERE type = 'table' AND name = 'steps'").has_value();
        if (!has_steps) {
            throw MissingAtAll("the archive has no steps, because an earlier version of snapq wrote it")
                .with_hint("convert the snapshot again with this version");
        }
        archive::Query query = ask("SELECT peak_event FROM {s}.steps WHERE device = ?1 AND step = ?2");
        query.bind(2, wanted);
        if (const auto event = number(query)) return *event;
        const auto last = number_of("SELECT max(step) FROM {s}.steps WHERE device = ?1");
        if (!last) throw MissingAtAll(fmt::format("no steps were found on {}", device_label(m_device)));
        throw MissingHere(fmt::format("there is no step:{}; {} has step:0 to step:{}", wanted,
                                      device_label(m_device), *last));
    }

    // A name may itself end with a number, such as "ProfilerStep#7", so the whole text is tried first.
    std::int64_t span(const std::string& text) {
        if (const auto event = highest_span(text)) return *event;
        const auto numbered = numbered_span(text);
        if (numbered && count_of(numbered->name) > 0) return span_number(*numbered);
        if (const auto name = only_name_from(text)) return highest_span(*name).value_or(-1);
        if (numbered) {
            if (const auto name = only_name_from(numbered->name))
                return span_number({*name, numbered->number});
        }
        refuse_span(text, numbered ? numbered->name : text);
    }

    // The peak event of the span with the highest peak; of equal peaks, the first one.
    std::optional<std::int64_t> highest_span(const std::string& name) {
        archive::Query query =
            ask("SELECT peak_event FROM {s}.spans WHERE device = ?1 AND name = ?2 AND peak_event IS NOT NULL"
                " ORDER BY peak_bytes DESC, peak_event LIMIT 1");
        query.bind(2, name);
        return number(query);
    }

    std::int64_t count_of(const std::string& name) {
        archive::Query query =
            ask("SELECT count(*) FROM {s}.spans WHERE device = ?1 AND name = ?2 AND peak_event IS NOT NULL");
        query.bind(2, name);
        return number(query).value_or(0);
    }

    std::int64_t span_number(const NumberedSpan& wanted) {
        archive::Query query =
            ask("SELECT peak_event FROM {s}.spans WHERE device = ?1 AND name = ?2 AND peak_event IS NOT NULL"
                " ORDER BY start_time_us, rowid LIMIT 1 OFFSET ?3");
        query.bind(2, wanted.name);
        query.bind(3, wanted.number);
        if (const auto event = number(query)) return *event;
        throw MissingHere(fmt::format(
            "there is no span:{0}#{1} on {2}; there are span:{0}#0 to "
            "span:{0}#{3}",
            abbreviate(wanted.name), wanted.number, device_label(m_device), count_of(wanted.name) - 1));
    }

    // The name that begins with `beginning`, if exactly one name of the spans does.
    std::optional<std::string> only_name_from(const std::string& beginning) {
        archive::Query query = names_from(beginning);
        if (!query.next()) return std::nullopt;
        std::string name(query.text(0));
        if (query.next()) return std::nullopt;
        return name;
    }

    archive::Query names_from(const std::string& beginning) {
        archive::Query query =
            ask("SELECT DISTINCT name FROM {s}.spans WHERE device = ?1 AND peak_event IS NOT NULL"
                " AND substr(name, 1, length(?2)) = ?2 ORDER BY name");
        query.bind(2, beginning);
        return query;
    }

    [[noreturn]] void refuse_span(const std::string& text, const std::string& beginning) {
        const std::string all = list(names_from(""));
        if (all.empty())
            throw MissingAtAll(fmt::format("{} has no spans: nothing was annotated", device_label(m_device)));
        const std::string candidates = list(names_from(beginning));
        if (candidates.empty())
            throw MissingHere(
                fmt::format("there is no span:{} on {}; there are {}", text, device_label(m_device), all));
        throw MissingHere(fmt::format("several spans of {} begin with '{}': {}", device_label(m_device),
                                      beginning, candidates));
    }

    archive::Database& m_database;
    std::int64_t m_device;
    std::string m_schema;
};

}  // namespace

std::int64_t resolve(const Moment& moment, archive::Database& database, std::int64_t device,
                     const std::string& schema) {
    return Resolver(database, device, schema).event_of(moment);
}

std::optional<std::int64_t> find_event(const Moment& moment, archive::Database& database, std::int64_t device,
                                       const std::string& schema) {
    try {
        return resolve(moment, database, device, schema);
    } catch (const archive::MissingMoment&) {
        return std::nullopt;
    }
}

SnapViewerPeak snapviewer_peak(archive::Database& database) {
    // Each step has one event, except the first step, which has all memory from before the recording.
    archive::Query steps = database.prepare(
        "SELECT step, sum(bytes) FROM (SELECT start_time AS step, size AS bytes FROM allocs "
        "UNION ALL SELECT end_time, -size FROM allocs) GROUP BY step ORDER BY step");
    SnapViewerPeak peak;
    std::int64_t live = 0;
    while (steps.next()) {
        live = saturating_add(live, steps.integer(1));
        if (live > peak.bytes) peak = {live, steps.integer(0)};
    }
    return peak;
}

}  // namespace snapq::analysis
