// SPDX-License-Identifier: MIT
#include "store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace slotscope::store {
namespace {

constexpr int kPrimaryCode = 0xff; // the rest of a result code is the extended one
constexpr int kBusyMilliseconds = 2000;
constexpr int kPermissions = 0640;

Error database_error(sqlite3* connection)
{
    if (connection == nullptr) // of which SQLite says that memory is short
        return Error{"there is no database", SQLITE_MISUSE};
    return Error{sqlite3_errmsg(connection), sqlite3_errcode(connection) & kPrimaryCode};
}

// SQLite would make it 0644. Before it is SQLite's: closing a descriptor takes the locks of all others away.
void make_file(const std::string& path)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPermissions);
    if (file >= 0)
        ::close(file);
}

} // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Statement& Statement::bind(std::int64_t value)
{
    const int result = sqlite3_bind_int64(statement_.get(), next(), value);
    wrong_ = wrong_ != SQLITE_OK ? wrong_ : result;
    return *this;
}

Statement& Statement::bind(double value)
{
    const int result = sqlite3_bind_double(statement_.get(), next(), value);
    wrong_ = wrong_ != SQLITE_OK ? wrong_ : result;
    return *this;
}

Statement& Statement::bind(std::string_view text)
{
    const int result = sqlite3_bind_text64(statement_.get(), next(), text.empty() ? "" : text.data(),
                                           text.size(), SQLITE_STATIC, SQLITE_UTF8);
    wrong_ = wrong_ != SQLITE_OK ? wrong_ : result;
    return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value)
{
    if (value)
        return bind(*value);
    next();
    return *this;
}

Statement& Statement::bind(std::optional<double> value)
{
    if (value)
        return bind(*value);
    next();
    return *this;
}

Result<bool> Statement::step()
{
    if (wrong_ != SQLITE_OK)
        return Error{sqlite3_errstr(wrong_), wrong_ & kPrimaryCode};
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW)
        return true;
    if (result == SQLITE_DONE)
        return false;
    return database_error(sqlite3_db_handle(statement_.get()));
}

Result<void> Statement::run()
{
    const auto stepped = step();
    return stepped ? Result<void>() : stepped.error();
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t Statement::count(int column) const
{
    const std::int64_t value = integer(column);
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const
{
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (bytes == nullptr)
        return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const
{
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Closer::operator()(sqlite3* connection) const
{
    sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path, How how)
{
    const bool write = how == How::read_write;
    if (write && path != ":memory:")
        make_file(path);
    sqlite3* connection = nullptr;
    const int flags =
        (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    const int result = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
    Database database(connection);
    if (result != SQLITE_OK)
        return Error{connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result),
                     result & kPrimaryCode};
    sqlite3_busy_timeout(connection, kBusyMilliseconds);
    return database;
}

Result<void> Database::run(const std::string& sql)
{
    if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return database_error(connection_.get());
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) const
{
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr) != SQLITE_OK)
        return database_error(connection_.get());
    return Statement(statement);
}

Result<std::int64_t> Database::number(std::string_view sql) const
{
    auto statement = prepare(sql);
    if (!statement)
        return statement.error();
    const auto row = statement->step();
    if (!row)
        return row.error();
    return *row ? statement->integer(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) const
{
    auto statement = prepare(sql);
    if (!statement)
        return statement.error();
    const auto row = statement->step();
    if (!row)
        return row.error();
    return *row ? statement->text(0) : std::string();
}

Result<Transaction> Transaction::begin(Database& database)
{
    if (auto begun = database.run("BEGIN IMMEDIATE"); !begun)
        return begun.error();
    return Transaction(database);
}

Transaction::~Transaction()
{
    // Where SQLite has taken it back itself, this fails, and that is as well.
    if (database_ != nullptr)
        (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit()
{
    auto committed = database_->run("COMMIT");
    if (committed)
        database_ = nullptr;
    return committed;
}

} // namespace slotscope::store
