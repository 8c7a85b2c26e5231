# SPDX-License-Identifier: GPL-2.0-or-later
"""Which messages of these sources are not in docs/troubleshooting.md? Ends with 1 if there are any."""
import re, sys

doc = re.sub(r'[`\s]+', ' ', open('docs/troubleshooting.md').read())
string = r'"(?:[^"\\]|\\.)*"'
literals = rf'{string}(?:\s*{string})*'
calls = [rf'\bfailed\([^,;]*,\s*({literals})', rf'\.loss = ({literals})',
     rf'snprintf\(\s*(?:ret, size|r->reason, sizeof\(r->reason\)), ({literals})',
     rf'return ({literals});', rf'\?\s*({literals})\s*:']
found = missing = 0
for name in sys.argv[1:]:
    # Names of macros between literals
    text = re.sub(r'" (KERNEL_BTF|BPFFS) ?', '/sys/fs/bpf" ', open(name).read())
    for call in calls:
        for match in re.finditer(call, text):
            message = ''.join(s[1:-1] for s in re.findall(string, match.group(1)))
            for part in re.split(r'%[0-9.*]*[a-z]|`', message):
                part = re.sub(r'\s+', ' ', part.replace('/sys/fs/bpf/sys', '/sys')).strip(' :;,()')
                if len(part) < 10:
                    continue
                found += 1
                if part not in doc:
                    missing += 1
                    print(f'{name}: {part}')
print(f'{found} messages, {missing} not in docs/troubleshooting.md')
sys.exit(found < 50 or missing > 0)
