// One open database.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "archive/sqlite/statement.hpp"

struct sqlite3;

namespace snapq::archive::sqlite {

enum class OpenMode { create, read_only };

// Without a mutex of its own: one thread at a time. Closes itself; statements must be gone by then.
class Connection {
public:
    // `name` is what `vfs` makes of it (a path for the default one, null). Throws when it cannot be opened.
    Connection(const std::string& name, OpenMode mode, const char* vfs = nullptr);

    // Runs all statements of `sql`, drops their rows.
    void execute(const std::string& sql);
    [[nodiscard]] Statement prepare(std::string_view sql, bool persistent = false) {
        return Statement(handle(), sql, persistent);
    }

    [[nodiscard]] sqlite3* handle() const { return m_database.get(); }

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> m_database;
};

}  // namespace snapq::archive::sqlite
