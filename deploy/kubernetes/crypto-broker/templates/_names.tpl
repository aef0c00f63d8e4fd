{{/* Names and labels. Every template takes the chart's own scope: `.` here, `(index .Subcharts "crypto-broker")` in a chart
that has this one as a dependency. */}}

{{- define "crypto-broker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough that the longest suffix, "-gateway-headless" or a ConfigMap's, still fits a DNS label of 63; begins with a letter,
as the name of a Service must. */}}
{{- define "crypto-broker.fullname" -}}
{{- $name := include "crypto-broker.name" . -}}
{{- $full := .Values.fullnameOverride -}}
{{- if not $full -}}
{{- $full = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- end -}}
{{- if regexMatch "^[^a-z]" $full -}}
{{- $full = printf "cb-%s" $full -}}
{{- end -}}
{{- $full | replace "." "-" | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "crypto-broker.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "crypto-broker.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Argument: a list of the scope and the component. */}}
{{- define "crypto-broker.selectorLabels" -}}
{{- $scope := index . 0 -}}
app.kubernetes.io/name: {{ include "crypto-broker.name" $scope | quote }}
app.kubernetes.io/instance: {{ $scope.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Argument: a list of the scope and the component. */}}
{{- define "crypto-broker.labels" -}}
{{- $scope := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $scope.Chart.Name $scope.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "crypto-broker.selectorLabels" . }}
app.kubernetes.io/version: {{ $scope.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: crypto-broker
app.kubernetes.io/managed-by: {{ $scope.Release.Service }}
{{- with $scope.Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Argument: a list of the scope and the component. A digest wins over a tag. */}}
{{- define "crypto-broker.image" -}}
{{- $scope := index . 0 -}}
{{- $component := index . 1 -}}
{{- $own := (index $scope.Values $component).image -}}
{{- $repository := coalesce $own.repository $scope.Values.image.repository -}}
{{- $why := "image.repository: say where your registry keeps the image that Dockerfile.fips builds (there is no public one)" -}}
{{- $repository = required $why $repository -}}
{{- if $own.digest -}}
{{- printf "%s@%s" $repository $own.digest -}}
{{- else -}}
{{- $tag := default (printf "%s-%s-fips" (default $scope.Chart.AppVersion $scope.Values.image.tag) $component) $own.tag -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end -}}
