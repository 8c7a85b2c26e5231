# bats test_tags=core
@test "a" { true; }
@test "b" { false; }
