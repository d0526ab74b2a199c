#include "archive/sqlite/connection.hpp"

#include <sqlite3.h>

#include "archive/sqlite/error.hpp"

namespace snapq::archive::sqlite {

void Connection::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Connection::Connection(const std::string& name, OpenMode mode, const char* vfs) {
    const int how =
        mode == OpenMode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &database, how | SQLITE_OPEN_NOMUTEX, vfs);
    m_database.reset(database);  // there even after most failures, to ask for the message
    if (code != SQLITE_OK) throw_error(database, code, "opening a database");
}

void Connection::execute(const std::string& sql) {
    check(handle(), sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr), sql.substr(0, 200));
}

}  // namespace snapq::archive::sqlite
