/** How each page of hostcfg report begins, so that it is known again: by its first lines, whatever version made it. */
export const PAGE_BEGINS =
  '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n<meta name="generator" content="hostcfg';
