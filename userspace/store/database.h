// SPDX-License-Identifier: MIT
// SQLite behind values: a connection, its statements, errors as Result. In this folder the code of an Error
// is SQLite's primary result code.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace slotscope::store {

// One run of one statement. Values are bound in the order of the question marks, columns count from 0.
class Statement {
  public:
    explicit Statement(sqlite3_stmt* statement)
        : statement_(statement)
    {
    }

    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    Statement& bind(std::string_view text); // not copied: it must live until the last step
    Statement& bind(std::optional<std::int64_t> value);
    Statement& bind(std::optional<double> value);

    // Goes to the next row; false: there is none.
    Result<bool> step();
    // For a statement that gives no rows.
    Result<void> run();

    std::int64_t integer(int column) const;
    std::uint64_t count(int column) const; // 0 where it is negative
    double real(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;

  private:
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };
    int next() { return ++bound_; }

    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
    int bound_ = 0;
    int wrong_ = 0; // the first result of a bind that was none
};

// A connection, for one thread at a time.
class Database {
  public:
    enum class How { read_write, read_only };

    // Of none: every use is an Error.
    Database() = default;

    // ":memory:" is one of its own. A new file gets the permissions 0640.
    static Result<Database> open(const std::string& path, How how = How::read_write);

    // One or several statements whose rows are of no interest.
    Result<void> run(const std::string& sql);
    Result<Statement> prepare(std::string_view sql) const;
    // The first column of the first row; 0 or empty where there is no row.
    Result<std::int64_t> number(std::string_view sql) const;
    Result<std::string> text(std::string_view sql) const;

  private:
    struct Closer {
        void operator()(sqlite3* connection) const;
    };
    explicit Database(sqlite3* connection)
        : connection_(connection)
    {
    }

    std::unique_ptr<sqlite3, Closer> connection_;
};

// A change that is taken back unless commit() was called.
class Transaction {
  public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept
        : database_(std::exchange(other.database_, nullptr))
    {
    }
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result<void> commit();

  private:
    explicit Transaction(Database& database)
        : database_(&database)
    {
    }

    Database* database_;
};

} // namespace slotscope::store
