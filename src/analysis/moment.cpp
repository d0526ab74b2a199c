#include "analysis/moment.hpp"

#include <charconv>
#include <optional>
#include <vector>

#include "analysis/messages.hpp"
#include "support/abbreviate.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

constexpr std::size_t k_most_names = 8;  // listed in a message

struct Word {
    std::string_view text;
    Moment::Kind kind;
    bool takes_number;
};

constexpr Word k_words[] = {
    {"peak", Moment::Kind::peak, false},   {"reserved-peak", Moment::Kind::reserved_peak, false},
    {"start", Moment::Kind::start, false}, {"end", Moment::Kind::end, false},
    {"oom", Moment::Kind::oom, true},      {"event", Moment::Kind::event, true},
    {"time", Moment::Kind::time, true},    {"timestep", Moment::Kind::timestep, true},
    {"span", Moment::Kind::span, false},
};

const Word& word_of(Moment::Kind kind) {
    for (const Word& word : k_words) {
        if (word.kind == kind) return word;
    }
    return k_words[0];
}

[[noreturn]] void refuse(std::string_view text) {
    std::string forms;
    for (const MomentForm& form : moment_forms()) {
        if (!forms.empty()) forms += ", ";
        forms += form.form;
    }
    throw UsageError(fmt::format("'{}' is not a moment", text)).with_hint("moments are " + forms);
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ptr != end || parsed.ec != std::errc() || text.empty()) return std::nullopt;
    return number;
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
            case Moment::Kind::timestep: return timestep(moment.number);
            case Moment::Kind::span: return span(moment.name);
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
            "an archive made by SnapViewer's converter knows no devices and events, so no moments");
    }

    void check_device() {
        if (figure("device")) return;
        std::vector<std::int64_t> devices;
        archive::Query query = ask("SELECT device FROM {s}.devices ORDER BY device");
        while (query.next()) devices.push_back(query.integer(0));
        if (devices.empty()) throw InputError("the archive is empty: it has no device");
        throw no_such_device(m_device, devices);
    }

    std::int64_t event_count() { return figure("event_count").value_or(0); }
    std::int64_t last_event() { return saturating_subtract(event_count(), 1); }

    std::int64_t reserved_peak() {
        const auto event = figure("peak_reserved_event");
        if (!event) throw InputError(fmt::format("the reserved bytes of device {} are not known", m_device));
        return *event;
    }

    std::int64_t oom(std::int64_t wanted) {
        archive::Query query = ask("SELECT event FROM {s}.oom WHERE device = ?1 ORDER BY event");
        std::int64_t count = 0;
        for (; query.next(); ++count) {
            if (count == wanted) return query.integer(0);
        }
        if (count == 0) throw InputError(fmt::format("device {} did not run out of memory", m_device));
        throw UsageError(
            fmt::format("there is no oom:{}; device {} ran out of memory {} times, oom:0 to oom:{}", wanted,
                        m_device, count, count - 1));
    }

    std::int64_t event(std::int64_t wanted) {
        const std::int64_t count = event_count();
        if (wanted >= -1 && wanted < count) return wanted;
        if (count == 0) throw InputError(fmt::format("device {} has no trace", m_device));
        throw UsageError(
            fmt::format("there is no event:{}; device {} has event:0 to event:{}, and event:-1 for before",
                        wanted, m_device, last_event()));
    }

    // The traces of the devices begin and end at different times, so the times of all of them are allowed.
    void check_time(std::int64_t wanted) {
        archive::Query query = ask("SELECT min(first_time_us), max(last_time_us) FROM {s}.devices");
        if (!query.next() || (wanted >= query.integer(0) && wanted <= query.integer(1))) return;
        throw UsageError(fmt::format("there is no time:{}; the events are from time:{} to time:{}", wanted,
                                     query.integer(0), query.integer(1)))
            .with_hint("a time is in Unix microseconds, as in the trace");
    }

    std::int64_t time(std::int64_t wanted) {
        const auto first = figure("first_time_us");
        const auto last = figure("last_time_us");
        if (!first || !last) throw InputError(fmt::format("the events of device {} have no times", m_device));
        check_time(wanted);
        if (wanted < *first) return -1;
        if (wanted >= *last) return last_event();
        archive::Query query = ask("SELECT max(event) FROM {s}.events WHERE device = ?1 AND time_us <= ?2");
        query.bind(2, wanted);
        return number(query).value_or(-1);
    }

    std::int64_t timestep(std::int64_t wanted) {
        const std::int64_t last = figure("timesteps").value_or(0);
        if (wanted < 0 || wanted > last) {
            throw UsageError(fmt::format("there is no timestep:{}; device {} has timestep:0 to timestep:{}",
                                         wanted, m_device, last));
        }
        // Only allocations and frees take a step, so these are the only events to look at.
        archive::Query query = ask(
            "SELECT max(event) FROM (SELECT max(alloc_event) AS event FROM {s}.allocations"
            " WHERE device = ?1 AND start_timestep <= ?2 UNION ALL SELECT max(end_event) FROM {s}.allocations"
            " WHERE device = ?1 AND end_timestep <= ?2)");
        query.bind(2, wanted);
        return number(query).value_or(-1);
    }

    std::int64_t span(const std::string& name) {
        archive::Query query =
            ask("SELECT peak_event FROM {s}.spans WHERE device = ?1 AND name = ?2 AND peak_event IS NOT NULL"
                " ORDER BY peak_bytes DESC, peak_event LIMIT 1");
        query.bind(2, name);
        if (const auto event = number(query)) return *event;
        const std::string names =
            list(ask("SELECT DISTINCT name FROM {s}.spans WHERE device = ?1 AND peak_event IS NOT NULL ORDER "
                     "BY name"));
        if (names.empty())
            throw InputError(fmt::format("device {} has no spans: nothing was annotated", m_device));
        throw UsageError(
            fmt::format("there is no span:{} on device {}; there are {}", name, m_device, names));
    }

    archive::Database& m_database;
    std::int64_t m_device;
    std::string m_schema;
};

}  // namespace

const std::vector<MomentForm>& moment_forms() {
    static const std::vector<MomentForm> forms{
        {"peak", "when the requested bytes were highest"},
        {"reserved-peak", "when the reserved bytes were highest"},
        {"start", "before the first event"},
        {"end", "after the last event"},
        {"oom[:N]", "at out-of-memory number N, from 0 (default)"},
        {"event:N", "after event N of the device's trace"},
        {"time:US", "at a time in Unix microseconds, as in the trace"},
        {"timestep:N", "at step N of allocations.json"},
        {"span:NAME", "at the peak of an annotated span"},
    };
    return forms;
}

Moment parse_moment(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view head = text.substr(0, colon);
    const bool has_argument = colon != std::string_view::npos;
    const std::string_view argument = has_argument ? text.substr(colon + 1) : std::string_view();
    for (const Word& word : k_words) {
        if (word.text != head) continue;
        Moment moment;
        moment.kind = word.kind;
        if (word.kind == Moment::Kind::oom && !has_argument) return moment;
        const bool wants_argument = word.takes_number || word.kind == Moment::Kind::span;
        if (has_argument != wants_argument || (has_argument && argument.empty())) refuse(text);
        if (word.takes_number) {
            const auto number = integer_of(argument);
            if (!number) refuse(text);
            moment.number = *number;
        } else {
            moment.name = argument;
        }
        return moment;
    }
    refuse(text);
}

std::string text_of(const Moment& moment) {
    const Word& word = word_of(moment.kind);
    if (moment.kind == Moment::Kind::span) return fmt::format("{}:{}", word.text, moment.name);
    if (word.takes_number) return fmt::format("{}:{}", word.text, moment.number);
    return std::string(word.text);
}

std::int64_t resolve(const Moment& moment, archive::Database& database, std::int64_t device,
                     const std::string& schema) {
    return Resolver(database, device, schema).event_of(moment);
}

SnapViewerPeak snapviewer_peak(archive::Database& database) {
    // Each step has one event, except the first, which has all memory from before the recording.
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
