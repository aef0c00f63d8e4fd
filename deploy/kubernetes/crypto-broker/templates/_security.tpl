{{/* Pod Security Standard "restricted", and beyond it a read-only root file system. */}}

{{/* Argument: user, group and, when files must be readable through it, fsGroup. */}}
{{- define "crypto-broker.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .runAsUser }}
runAsGroup: {{ .runAsGroup }}
{{- with .fsGroup }}
fsGroup: {{ . }}
# With "Always" every mount would open the vault's files to the group, and the program would refuse them.
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "crypto-broker.containerSecurity" -}}
runAsNonRoot: true
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* What every pod of ours says about itself and where it may run. Argument: a list of the scope and the section of values. */}}
{{- define "crypto-broker.podBasics" -}}
{{- $scope := index . 0 -}}
{{- $values := index . 1 -}}
serviceAccountName: {{ include "crypto-broker.serviceAccountName" $scope | quote }}
automountServiceAccountToken: false
# A Service of this namespace called crypto-broker would put CRYPTO_BROKER_PORT and the like into our environment.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
{{- with $scope.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
