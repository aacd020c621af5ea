package main

import "plumbline/app/report"

var languages = map[string]report.Language{"zh": report.Chinese, "en": report.English, "both": report.Both}
