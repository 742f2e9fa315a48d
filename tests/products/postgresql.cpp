// SPDX-License-Identifier: MIT
#include "products/postgresql.h"

#include "harness/process.h"

#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace slotscope::products {
namespace {

std::string sized(const std::string& body)
{
    const auto size = static_cast<unsigned>(body.size() + 4);
    return std::string{'\0', '\0', static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)} + body;
}

} // namespace

void make_cluster(const std::string& data, uid_t user, const std::string& sql)
{
    const std::string bin = kPostgresPrograms;
    const live::Outcome made =
        live::run({.command = {"/bin/sh", "-c",
                               bin + "initdb -D " + data + " -U root -A trust -N && echo \"$0\" | " + bin +
                                   "postgres --single -D " + data + " postgres",
                               sql},
                   .uid = user},
                  std::chrono::seconds(60));
    if (made.exit != 0)
        throw std::runtime_error("no PostgreSQL cluster: " + made.said());
}

std::string startup_message(const std::string& user)
{
    std::string body("\0\3\0\0user\0", 9);
    return sized(body + user + '\0' + "database" + '\0' + "postgres" + '\0' + '\0');
}

std::string query_message(const std::string& sql)
{
    return 'Q' + sized(sql + '\0');
}

std::string until_ready(const Fd& fd, std::chrono::milliseconds quiet)
{
    std::string said;
    while (said.find("FATAL") == std::string::npos && !said.ends_with("\5I") && !said.ends_with("\5T")) {
        pollfd waits{fd.get(), POLLIN, 0};
        char part[4096];
        if (::poll(&waits, 1, static_cast<int>(quiet.count())) != 1)
            return "";
        const ssize_t got = ::recv(fd.get(), part, sizeof(part), 0);
        if (got <= 0)
            return "";
        said.append(part, static_cast<std::size_t>(got));
    }
    return said;
}

} // namespace slotscope::products
