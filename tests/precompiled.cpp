// SPDX-License-Identifier: MIT
// Nothing: the tests' precompiled headers need a target to belong to.
