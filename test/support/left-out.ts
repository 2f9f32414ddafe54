/** `npm test` needs no root and changes nothing outside its own folders, so it says what it therefore leaves out. */
export function teardown(): void {
  console.log(
    "\nleft out: the system tests with the real dpkg, apt, update-initramfs and strace (Debian, as root): npm run test:system",
  );
}
